// One list for each thread, walked only when a thread changes between contexts.
#include "icd/thread_channels.h"

#include <algorithm>
#include <new>
#include <vector>

namespace vgpu::icd::thread_channels {

namespace {

struct Entry {
    std::uint64_t serial;
    // Weak, so that an idle thread does not keep the memory of a context that ended.
    std::weak_ptr<ChannelPool> pool;
    Channel* channel;
    std::uint32_t shared_records;
};

// Trivial, so that it can be read when the list is destroyed already.
constinit thread_local bool list_is_gone = false;

struct List {
    std::vector<Entry> entries;

    ~List() {
        list_is_gone = true;
        thread_channel = {0, nullptr, 0};
        for (const Entry& entry : entries) {
            // Compared by address: the context may be ending, and its channels may be gone.
            const std::shared_ptr<ChannelPool> pool = entry.pool.lock();
            if (pool && entry.channel != &pool->shared()) pool->give(*entry.channel);
        }
    }
    Entry* find(std::uint64_t serial) {
        for (Entry& entry : entries) {
            if (entry.serial == serial) return &entry;
        }
        return nullptr;
    }
};

thread_local List list;

void save_current() {
    if (Entry* entry = list.find(thread_channel.serial))
        entry->shared_records = thread_channel.shared_records;
}

}  // namespace

Channel& switch_to(std::uint64_t serial, const std::shared_ptr<ChannelPool>& pool) {
    if (list_is_gone) return pool->shared();
    save_current();
    std::erase_if(list.entries, [](const Entry& entry) { return entry.pool.expired(); });
    Entry* entry = list.find(serial);
    if (entry == nullptr) {
        try {
            list.entries.push_back({serial, pool, &pool->shared(), 0});
        } catch (const std::bad_alloc&) {
            return pool->shared();  // asks again at the next record
        }
        entry = &list.entries.back();
    }
    thread_channel = {serial, entry->channel, entry->shared_records};
    return *entry->channel;
}

bool keep(Channel& own) {
    Entry* entry = list_is_gone ? nullptr : list.find(thread_channel.serial);
    if (entry == nullptr) return false;
    entry->channel = &own;
    thread_channel.channel = &own;
    return true;
}

}  // namespace vgpu::icd::thread_channels
