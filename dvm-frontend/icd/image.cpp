// Creates images without waiting, and answers what memory they need from what is known.
#include "icd/image.h"
#include "icd/bind_status.h"

#include <memory>
#include <new>
#include <vector>

#include "entries.h"
#include "icd/device.h"
#include "icd/external.h"
#include "icd/forward.h"
#include "icd/image_limits.h"
#include "icd/requirements_answer.h"
#include "wire/chain.h"
#include "wsi/guarded.h"
#include "wsi/swapchain_entry.h"

namespace vgpu::icd {

namespace {

bool call_requirements(VkDevice device, const VkImageMemoryRequirementsInfo2& info,
                       VkMemoryRequirements2& requirements) {
    const wire::Args_vkGetImageMemoryRequirements2 args{
        .device = device, .pInfo = &info, .pMemoryRequirements = &requirements};
    wire::Reply_vkGetImageMemoryRequirements2 reply{.pMemoryRequirements = &requirements};
    return call(context_of(device), args, reply);
}

bool call_requirements_1_0(VkDevice device, VkImage image, VkMemoryRequirements& requirements) {
    const wire::Args_vkGetImageMemoryRequirements args{
        .device = device, .image = image, .pMemoryRequirements = &requirements};
    wire::Reply_vkGetImageMemoryRequirements reply{.pMemoryRequirements = &requirements};
    return call(context_of(device), args, reply);
}

KeptRequirements requirements_of(VkDevice device, VkImage image) {
    Device& owner = object_of<Device>(device);
    ObjectRequirements& object = object_of<Image>(image).requirements;
    if (const auto kept = owner.requirements.find(object)) return *kept;
    KeptRequirements asked;
    bool answered;
    if (owner.has_version(VK_API_VERSION_1_1)) {
        const VkImageMemoryRequirementsInfo2 info{
            VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2, nullptr, image};
        answered = ask_with_dedicated(asked, [&](VkMemoryRequirements2& requirements) {
            return call_requirements(device, info, requirements);
        });
    } else {
        answered = call_requirements_1_0(device, image, asked.memory);
    }
    if (object_of<Image>(image).external)
        asked.memory.memoryTypeBits &= shareable_types(owner.physical_device);
    if (answered) owner.requirements.keep(object, asked);
    return asked;
}

VkResult create(VkDevice device, const VkImageCreateInfo& info, VkImage* created) {
    const Device& owner = object_of<Device>(device);
    Context& context = *owner.context;
    // Refused here, because a posted create that the host refuses loses the context.
    if (!within_limits(owner.physical_device, info)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    auto image = std::make_unique<Image>();
    image->requirements.key = RequirementsKey(info);
    image->external = is_external(info);
    image->id = context.new_id();
    if (image->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context,
         wire::Args_vkCreateImage{.device = device, .pCreateInfo = &info, .pImage = image->id});
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    *created = handle_of_object<VkImage>(*image.release());
    return VK_SUCCESS;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateImage(VkDevice device,
                                                   const VkImageCreateInfo* pCreateInfo,
                                                   const VkAllocationCallbacks*, VkImage* pImage) {
    *pImage = VK_NULL_HANDLE;
    return wsi::guarded([&] {
        const VkImageCreateInfo* like_swapchain = wsi::image_of_swapchain(*pCreateInfo);
        return create(device, like_swapchain ? *like_swapchain : *pCreateInfo, pImage);
    });
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyImage(VkDevice device, VkImage image,
                                                const VkAllocationCallbacks*) {
    if (!image) return;
    Context& context = context_of(device);
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyImage{.device = device, .image = image});
    context.recycle_id(id_of(image));
    delete &object_of<Image>(image);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetImageMemoryRequirements(
    VkDevice device, VkImage image, VkMemoryRequirements* pMemoryRequirements) {
    *pMemoryRequirements = requirements_of(device, image).memory;
}

// The requirements of one plane (VkImagePlaneMemoryRequirementsInfo) are not kept.
VKAPI_ATTR void VKAPI_CALL
entry_vkGetImageMemoryRequirements2(VkDevice device, const VkImageMemoryRequirementsInfo2* pInfo,
                                    VkMemoryRequirements2* pMemoryRequirements) {
    pMemoryRequirements->memoryRequirements = KeptRequirements{}.memory;
    if (!pInfo->pNext && answer(requirements_of(device, pInfo->image), *pMemoryRequirements))
        return;
    call_requirements(device, *pInfo, *pMemoryRequirements);
    if (object_of<Image>(pInfo->image).external) keep_shareable_types(device, *pMemoryRequirements);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetDeviceImageMemoryRequirements(
    VkDevice device, const VkDeviceImageMemoryRequirements* pInfo,
    VkMemoryRequirements2* pMemoryRequirements) {
    clear_answer(*pMemoryRequirements);
    const wire::Args_vkGetDeviceImageMemoryRequirements args{
        .device = device, .pInfo = pInfo, .pMemoryRequirements = pMemoryRequirements};
    wire::Reply_vkGetDeviceImageMemoryRequirements reply{.pMemoryRequirements =
                                                             pMemoryRequirements};
    if (!call(context_of(device), args, reply) || !is_external(*pInfo->pCreateInfo)) return;
    keep_shareable_types(device, *pMemoryRequirements);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkBindImageMemory2(VkDevice device, uint32_t bindInfoCount,
                                                        const VkBindImageMemoryInfo* pBindInfos) {
    return wsi::guarded([&] {
        std::vector<VkBindImageMemoryInfo> binds(pBindInfos, pBindInfos + bindInfoCount);
        for (VkBindImageMemoryInfo& bind : binds) {
            const std::optional<VkDeviceMemory> memory = wsi::memory_of_swapchain(bind);
            if (!memory) continue;
            if (*memory == VK_NULL_HANDLE) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
            bind.memory = *memory;
            bind.memoryOffset = 0;
        }
        Context& context = context_of(device);
        post(context,
             wire::Args_vkBindImageMemory2{
                 .device = device, .bindInfoCount = bindInfoCount, .pBindInfos = binds.data()});
        const VkResult result = context.lost() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
        for (const VkBindImageMemoryInfo& bind : binds) answer_bind_status(bind.pNext, result);
        return result;
    });
}

}  // namespace vgpu::icd
