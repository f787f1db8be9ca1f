// Which structures the peer takes in which chains, where its registry is not this build's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vgpu::wire {

// Immutable after its construction. By default the peer knows what this build knows.
class PeerLinks {
  public:
    PeerLinks() = default;
    // From the peer's kLinkHashes, which are not trusted: a hash that nobody here has is nothing.
    explicit PeerLinks(std::span<const std::uint32_t> of_peer);

    // `link` is an index into kLinkHashes.
    bool knows(std::size_t link) const { return known_.empty() || known_[link]; }
    bool knows_all() const { return known_.empty(); }

  private:
    std::vector<bool> known_;  // empty: all
};

}  // namespace vgpu::wire
