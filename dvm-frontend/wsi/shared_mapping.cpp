// Makes a memfd that stays as large as it is.
#include "wsi/shared_mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace vgpu::wsi {

SharedMapping::SharedMapping(std::size_t bytes)
    : file_(memfd_create("vgpu-wsi", MFD_CLOEXEC | MFD_ALLOW_SEALING)), bytes_(bytes) {
    if (!file_ || ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0) return;
    // So that the display server can rely on the pages being there.
    fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (data != MAP_FAILED) data_ = data;
}

SharedMapping::~SharedMapping() {
    if (data_ != nullptr) munmap(data_, bytes_);
}

}  // namespace vgpu::wsi
