// Creates buffers without waiting, and answers what memory they need from what is known.
#include "icd/buffer.h"
#include "icd/bind_status.h"

#include <memory>
#include <new>

#include "entries.h"
#include "icd/device.h"
#include "icd/external.h"
#include "icd/forward.h"
#include "icd/requirements_answer.h"

namespace vgpu::icd {

namespace {

bool call_requirements(VkDevice device, const VkBufferMemoryRequirementsInfo2& info,
                       VkMemoryRequirements2& requirements) {
    const wire::Args_vkGetBufferMemoryRequirements2 args{
        .device = device, .pInfo = &info, .pMemoryRequirements = &requirements};
    wire::Reply_vkGetBufferMemoryRequirements2 reply{.pMemoryRequirements = &requirements};
    return call(context_of(device), args, reply);
}

bool call_requirements_1_0(VkDevice device, VkBuffer buffer, VkMemoryRequirements& requirements) {
    const wire::Args_vkGetBufferMemoryRequirements args{
        .device = device, .buffer = buffer, .pMemoryRequirements = &requirements};
    wire::Reply_vkGetBufferMemoryRequirements reply{.pMemoryRequirements = &requirements};
    return call(context_of(device), args, reply);
}

KeptRequirements requirements_of(VkDevice device, VkBuffer buffer) {
    Device& owner = object_of<Device>(device);
    ObjectRequirements& object = object_of<Buffer>(buffer).requirements;
    if (const auto kept = owner.requirements.find(object)) return *kept;
    KeptRequirements asked;
    bool answered;
    if (owner.has_version(VK_API_VERSION_1_1)) {
        const VkBufferMemoryRequirementsInfo2 info{
            VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2, nullptr, buffer};
        answered = ask_with_dedicated(asked, [&](VkMemoryRequirements2& requirements) {
            return call_requirements(device, info, requirements);
        });
    } else {
        answered = call_requirements_1_0(device, buffer, asked.memory);
    }
    if (object_of<Buffer>(buffer).external)
        asked.memory.memoryTypeBits &= shareable_types(owner.physical_device);
    if (answered) owner.requirements.keep(object, asked);
    return asked;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateBuffer(VkDevice device,
                                                    const VkBufferCreateInfo* pCreateInfo,
                                                    const VkAllocationCallbacks*,
                                                    VkBuffer* pBuffer) {
    *pBuffer = VK_NULL_HANDLE;
    const Device& owner = object_of<Device>(device);
    Context& context = *owner.context;
    // Refused here, because a posted create that the host refuses loses the context.
    if (pCreateInfo->size > owner.physical_device.max_buffer_size)
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    std::unique_ptr<Buffer> buffer(new (std::nothrow) Buffer);
    if (!buffer) return VK_ERROR_OUT_OF_HOST_MEMORY;
    buffer->requirements.key = RequirementsKey(*pCreateInfo);
    buffer->external = is_external(*pCreateInfo);
    buffer->id = context.new_id();
    if (buffer->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateBuffer{
                      .device = device, .pCreateInfo = pCreateInfo, .pBuffer = buffer->id});
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    *pBuffer = handle_of_object<VkBuffer>(*buffer.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyBuffer(VkDevice device, VkBuffer buffer,
                                                 const VkAllocationCallbacks*) {
    if (!buffer) return;
    Context& context = context_of(device);
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyBuffer{.device = device, .buffer = buffer});
    context.recycle_id(id_of(buffer));
    delete &object_of<Buffer>(buffer);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetBufferMemoryRequirements(
    VkDevice device, VkBuffer buffer, VkMemoryRequirements* pMemoryRequirements) {
    *pMemoryRequirements = requirements_of(device, buffer).memory;
}

VKAPI_ATTR void VKAPI_CALL
entry_vkGetBufferMemoryRequirements2(VkDevice device, const VkBufferMemoryRequirementsInfo2* pInfo,
                                     VkMemoryRequirements2* pMemoryRequirements) {
    pMemoryRequirements->memoryRequirements = KeptRequirements{}.memory;
    if (!pInfo->pNext && answer(requirements_of(device, pInfo->buffer), *pMemoryRequirements))
        return;
    call_requirements(device, *pInfo, *pMemoryRequirements);
    if (object_of<Buffer>(pInfo->buffer).external)
        keep_shareable_types(device, *pMemoryRequirements);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetDeviceBufferMemoryRequirements(
    VkDevice device, const VkDeviceBufferMemoryRequirements* pInfo,
    VkMemoryRequirements2* pMemoryRequirements) {
    clear_answer(*pMemoryRequirements);
    const wire::Args_vkGetDeviceBufferMemoryRequirements args{
        .device = device, .pInfo = pInfo, .pMemoryRequirements = pMemoryRequirements};
    wire::Reply_vkGetDeviceBufferMemoryRequirements reply{.pMemoryRequirements =
                                                              pMemoryRequirements};
    if (!call(context_of(device), args, reply) || !is_external(*pInfo->pCreateInfo)) return;
    keep_shareable_types(device, *pMemoryRequirements);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkBindBufferMemory2(VkDevice device, uint32_t bindInfoCount,
                                                         const VkBindBufferMemoryInfo* pBindInfos) {
    Context& context = context_of(device);
    post(context, wire::Args_vkBindBufferMemory2{
                      .device = device, .bindInfoCount = bindInfoCount, .pBindInfos = pBindInfos});
    const VkResult result = context.lost() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
    for (std::uint32_t i = 0; i < bindInfoCount; ++i)
        answer_bind_status(pBindInfos[i].pNext, result);
    return result;
}

}  // namespace vgpu::icd
