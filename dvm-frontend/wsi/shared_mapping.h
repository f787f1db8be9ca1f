// Memory of this process that can be handed to another.
#pragma once

#include <cstddef>

#include "base/unique_fd.h"

namespace vgpu::wsi {

// Owned by what puts pixels into it.
class SharedMapping {
  public:
    // data() is null where there is no memory.
    explicit SharedMapping(std::size_t bytes);
    SharedMapping(const SharedMapping&) = delete;
    SharedMapping& operator=(const SharedMapping&) = delete;
    ~SharedMapping();

    void* data() const { return data_; }
    // Stays this object's until it is taken.
    int file() const { return file_.get(); }
    UniqueFd take_file() { return std::move(file_); }

  private:
    UniqueFd file_;
    std::size_t bytes_;
    void* data_ = nullptr;
};

}  // namespace vgpu::wsi
