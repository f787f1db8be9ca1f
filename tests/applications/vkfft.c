/* Fourier transforms by VkFFT on the first Vulkan device, held against FFTW on the CPU. Compiled by
 * tests/applications/run where libvkfft-dev, libfftw3-dev and glslang-dev are installed; in C, as
 * VkFFT's header does not pass a C++ compiler with the distribution's glslang. */
#include <complex.h>
#include <fftw3.h>
#include <glslang/Include/glslang_c_interface.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vkFFT.h>
#include <vulkan/vulkan.h>

enum { kAxesMax = 3 };

typedef struct {
    int axes;
    int length[kAxesMax]; /* outermost first, as FFTW has it */
} Shape;

typedef struct {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    VkFence fence;
} Gpu;

static void require(int result, const char* what) {
    if (result == 0) return;
    fprintf(stderr, "%s: %d\n", what, result);
    exit(1);
}

static Gpu open_gpu(void) {
    Gpu gpu = {0};
    VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                     .apiVersion = VK_API_VERSION_1_1};
    VkInstanceCreateInfo instance = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
                                     .pApplicationInfo = &application};
    require(vkCreateInstance(&instance, NULL, &gpu.instance), "vkCreateInstance");
    uint32_t one = 1;
    vkEnumeratePhysicalDevices(gpu.instance, &one, &gpu.physical);
    const float priority = 1;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                     .queueCount = 1,
                                     .pQueuePriorities = &priority};
    VkDeviceCreateInfo device = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                 .queueCreateInfoCount = 1,
                                 .pQueueCreateInfos = &queue};
    require(vkCreateDevice(gpu.physical, &device, NULL, &gpu.device), "vkCreateDevice");
    vkGetDeviceQueue(gpu.device, 0, 0, &gpu.queue);
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                    .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
    require(vkCreateCommandPool(gpu.device, &pool, NULL, &gpu.pool), "vkCreateCommandPool");
    VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    require(vkCreateFence(gpu.device, &fence, NULL, &gpu.fence), "vkCreateFence");
    return gpu;
}

static uint32_t mapped_type(const Gpu* gpu, uint32_t bits) {
    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(gpu->physical, &memory);
    const VkMemoryPropertyFlags wanted =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    uint32_t i = 0;
    while (!(bits >> i & 1) || (memory.memoryTypes[i].propertyFlags & wanted) != wanted)
        if (++i == memory.memoryTypeCount) require(1, "no memory type can be mapped");
    return i;
}

static void run(Gpu* gpu, VkBuffer* buffer, uint64_t bytes, Shape shape) {
    VkFFTConfiguration configuration = {0};
    configuration.FFTdim = shape.axes;
    for (int i = 0; i < shape.axes; ++i) /* VkFFT's first axis is the innermost */
        configuration.size[i] = shape.length[shape.axes - 1 - i];
    configuration.physicalDevice = &gpu->physical;
    configuration.device = &gpu->device;
    configuration.queue = &gpu->queue;
    configuration.commandPool = &gpu->pool;
    configuration.fence = &gpu->fence;
    configuration.isCompilerInitialized = 1;
    configuration.buffer = buffer;
    configuration.bufferSize = &bytes;
    VkFFTApplication application = {0};
    require(initializeVkFFT(&application, configuration), "initializeVkFFT");

    VkCommandBufferAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                            .commandPool = gpu->pool,
                                            .commandBufferCount = 1};
    VkCommandBuffer commands;
    require(vkAllocateCommandBuffers(gpu->device, &allocate, &commands),
            "vkAllocateCommandBuffers");
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    require(vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer");
    VkFFTLaunchParams launch = {.commandBuffer = &commands};
    require(VkFFTAppend(&application, -1, &launch), "VkFFTAppend");
    require(vkEndCommandBuffer(commands), "vkEndCommandBuffer");
    VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                           .commandBufferCount = 1,
                           .pCommandBuffers = &commands};
    require(vkQueueSubmit(gpu->queue, 1, &submit, gpu->fence), "vkQueueSubmit");
    require(vkWaitForFences(gpu->device, 1, &gpu->fence, VK_TRUE, UINT64_MAX), "vkWaitForFences");
    require(vkResetFences(gpu->device, 1, &gpu->fence), "vkResetFences");
    deleteVkFFT(&application);
    vkFreeCommandBuffers(gpu->device, gpu->pool, 1, &commands);
}

/* What VkFFT makes of `values`, in place. */
static void transform(Gpu* gpu, float complex* values, uint64_t bytes, Shape shape) {
    VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
                               .size = bytes,
                               .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT};
    VkBuffer buffer;
    require(vkCreateBuffer(gpu->device, &info, NULL, &buffer), "vkCreateBuffer");
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(gpu->device, buffer, &needs);
    VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                     .allocationSize = needs.size,
                                     .memoryTypeIndex = mapped_type(gpu, needs.memoryTypeBits)};
    VkDeviceMemory memory;
    require(vkAllocateMemory(gpu->device, &allocate, NULL, &memory), "vkAllocateMemory");
    require(vkBindBufferMemory(gpu->device, buffer, memory, 0), "vkBindBufferMemory");
    void* mapped;
    require(vkMapMemory(gpu->device, memory, 0, bytes, 0, &mapped), "vkMapMemory");
    memcpy(mapped, values, bytes);
    run(gpu, &buffer, bytes, shape);
    memcpy(values, mapped, bytes);
    vkDestroyBuffer(gpu->device, buffer, NULL);
    vkFreeMemory(gpu->device, memory, NULL);
}

static void by_fftw(const float complex* values, size_t count, Shape shape, double complex* right) {
    fftw_plan plan =
        fftw_plan_dft(shape.axes, shape.length, right, right, FFTW_FORWARD, FFTW_ESTIMATE);
    for (size_t i = 0; i < count; ++i) right[i] = values[i];
    fftw_execute(plan);
    fftw_destroy_plan(plan);
}

/* False where the two differ by more than single precision explains. Prints a hash of the octets,
 * so that runs can be compared exactly. */
static bool compare(Gpu* gpu, Shape shape) {
    size_t count = 1;
    for (int i = 0; i < shape.axes; ++i) count *= shape.length[i];
    float complex* values = malloc(count * sizeof *values);
    double complex* right = malloc(count * sizeof *right);
    srand(1);
    for (size_t i = 0; i < count; ++i) {
        const float real = (float)rand() / RAND_MAX - 0.5f;
        values[i] = real + I * ((float)rand() / RAND_MAX - 0.5f);
    }
    by_fftw(values, count, shape, right);
    transform(gpu, values, count * sizeof *values, shape);
    double difference = 0, largest = 0;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < count; ++i) {
        difference = fmax(difference, cabs(values[i] - right[i]));
        largest = fmax(largest, cabs(right[i]));
    }
    for (size_t i = 0; i < count * sizeof *values; ++i)
        hash = (hash ^ ((const unsigned char*)values)[i]) * 1099511628211u;
    free(values);
    free(right);
    for (int i = 0; i < shape.axes; ++i) printf("%s%d", i ? " x " : "", shape.length[i]);
    printf(": error %.1e, hash %016llx\n", difference / largest, (unsigned long long)hash);
    return difference < 1e-5 * largest;
}

int main(void) {
    const Shape shapes[] = {{1, {64}}, {1, {243}}, {1, {1000}}, {1, {4096}}, {2, {30, 50}}, {3, {16, 32, 8}}};
    glslang_initialize_process();
    Gpu gpu = open_gpu();
    bool right = true;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        right = compare(&gpu, shapes[i]) && right;
    vkDestroyFence(gpu.device, gpu.fence, NULL);
    vkDestroyCommandPool(gpu.device, gpu.pool, NULL);
    vkDestroyDevice(gpu.device, NULL);
    vkDestroyInstance(gpu.instance, NULL);
    glslang_finalize_process();
    return right ? 0 : 1;
}
