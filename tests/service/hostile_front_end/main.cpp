// vgpu-hostile-front-end does to this guest's back end what no guest should, one way at a time.
//
// It runs as root in a DVM, in place of dvm-gpud. Exits 0 when the back end stands it: refuses,
// says why, and begins anew when it is asked to.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "handshake_ways.h"
#include "link_ways.h"
#include "ways.h"

namespace vgpu::hostile {

const std::map<std::string, std::function<void(Way&)>>& ways() {
    static const std::map<std::string, std::function<void(Way&)>> all = {
        {"forged-link-page", forged_link_page},
        {"forged-ring-pages", forged_ring_pages},
        {"senseless-link-page", senseless_link_page},
        {"senseless-handshake", senseless_handshake},
        {"senseless-states", senseless_states},
        {"large-values", large_values},
        {"reconnect", reconnect},
        {"ring-indices", ring_indices},
        {"message-lengths", message_lengths},
        {"noise", noise},
        {"directories", directories},
        {"contexts", contexts},
        {"event-storm", event_storm},
        {"flood", flood}};
    return all;
}

}  // namespace vgpu::hostile

int main(int argc, char** argv) {
    using namespace vgpu::hostile;
    const auto found = argc > 1 ? ways().find(argv[1]) : ways().end();
    if (found == ways().end()) {
        std::fprintf(stderr, "usage: vgpu-hostile-front-end WAY [TIMES [SEED]]\nways:");
        for (const auto& [name, way] : ways()) std::fprintf(stderr, " %s", name.c_str());
        std::fprintf(stderr, "\n");
        return 2;
    }
    const int times = argc > 2 ? std::atoi(argv[2]) : 20;
    const int seed = argc > 3 ? std::atoi(argv[3]) : 1;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        FrontEnd front;
        Way way{front, std::mt19937(static_cast<unsigned>(seed)), times};
        found->second(way);
        std::puts("it stands that");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
        return 1;
    }
}
