// Compares the peer's chains with this build's.
#include "wire/peer_links.h"

#include <algorithm>

#include "wire/description.h"

namespace vgpu::wire {

PeerLinks::PeerLinks(std::span<const std::uint32_t> of_peer) {
    std::vector<std::uint32_t> sorted(of_peer.begin(), of_peer.end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<bool> known;
    for (const std::uint32_t link : kLinkHashes)
        known.push_back(std::binary_search(sorted.begin(), sorted.end(), link));
    if (std::find(known.begin(), known.end(), false) != known.end()) known_ = std::move(known);
}

}  // namespace vgpu::wire
