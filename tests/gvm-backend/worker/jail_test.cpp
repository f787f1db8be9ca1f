// What a jailed process can no longer do, and that the driver works in it all the same.
#include "worker/jail.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "tests/catch.h"
#include "tests/gvm-backend/worker/gpu_fixture.h"
#include "worker/gpu_identity.h"
#include "worker/warm_driver.h"

#include "fill_shader.h"

using namespace vgpu::worker;

namespace {

// The text that `inside` returns in a jailed child; a death of the child is a text too. The jail is
// for good, so each case has a process of its own.
std::string in_child(const std::function<std::string()>& inside) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        std::string said;
        try {
            said = inside();
        } catch (const std::exception& error) {
            said = std::string("throws: ") + error.what();
        }
        const ssize_t written = ::write(ends[1], said.data(), said.size());
        ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 9);
    }
    ::close(ends[1]);
    std::string said;
    char bytes[512];
    for (ssize_t n; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;) said.append(bytes, n);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) said += " [signal " + std::to_string(WTERMSIG(status)) + "]";
    return said;
}

JailOptions options(bool device_nodes = false) {
    JailOptions jail;
    jail.device_nodes = device_nodes;
    jail.change_user = ::geteuid() == 0;
    jail.uid = 65534;
    jail.gid = 65534;
    jail.readable = paths_from_environment();
    return jail;
}

// "" when the call fails with `error`; else what happened.
std::string fails(const char* what, long result, int error = EPERM) {
    if (result >= 0) return std::string(what) + " works; ";
    if (errno == error) return {};
    return std::string(what) + " fails with " + std::strerror(errno) + "; ";
}

std::string try_processes() {
    char* none[] = {nullptr};
    siginfo_t info{};
    return fails("execve", ::execve("/bin/true", none, none)) + fails("fork", ::syscall(SYS_fork)) +
           fails("vfork", ::syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)) +
           fails("clone3", ::syscall(SYS_clone3, nullptr, 0), ENOSYS) +
           fails("kill of the parent", ::kill(::getppid(), 0)) +
           fails("kill of all", ::kill(-1, 0)) +
           fails("tgkill of the parent", ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0)) +
           fails("sigqueue", ::syscall(SYS_rt_sigqueueinfo, ::getppid(), SIGTERM, &info)) +
           fails("pidfd_open", ::syscall(SYS_pidfd_open, ::getppid(), 0)) +
           fails("ptrace", ::ptrace(PTRACE_TRACEME, 0, 0, 0)) +
           fails("process_vm_readv", ::syscall(SYS_process_vm_readv, ::getppid(), 0, 0, 0, 0, 0)) +
           fails("F_SETOWN", ::fcntl(0, F_SETOWN, ::getppid()));
}

std::string try_sockets() {
    int pair[2];
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/run/somewhere");
    return fails("socket", ::socket(AF_INET, SOCK_STREAM, 0)) +
           fails("unix socket", ::socket(AF_UNIX, SOCK_STREAM, 0)) +
           fails("socketpair", ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) +
           fails("connect", ::connect(0, reinterpret_cast<sockaddr*>(&address), sizeof address)) +
           fails("bind", ::bind(0, reinterpret_cast<sockaddr*>(&address), sizeof address)) +
           fails("listen", ::listen(0, 1)) + fails("accept", ::accept(0, nullptr, nullptr)) +
           fails("io_uring", ::syscall(SYS_io_uring_setup, 1, nullptr));
}

std::string try_kernel() {
    bpf_attr attributes{};
    const rlimit more{1 << 20, 1 << 20};
    return fails("mount", ::mount("none", "/tmp", "tmpfs", 0, nullptr)) +
           fails("bpf", ::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes)) +
           fails("keyctl", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0)) +
           fails("unshare", ::unshare(CLONE_NEWUSER)) + fails("setuid", ::syscall(SYS_setuid, 0)) +
           fails("setgroups", ::syscall(SYS_setgroups, 0, nullptr)) +
           fails("setrlimit", ::syscall(SYS_prlimit64, 0, RLIMIT_CORE, &more, nullptr)) +
           fails("perf", ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0)) +
           fails("userfaultfd", ::syscall(SYS_userfaultfd, 0)) +
           fails("TIOCSTI", ::ioctl(2, TIOCSTI, "x")) + fails("chroot", ::chroot("/")) +
           fails("dumpable", ::prctl(PR_SET_DUMPABLE, 1));
}

std::string try_files() {
    return fails("creating", ::open("/tmp/vgpu-jail-test", O_CREAT | O_RDWR, 0600)) +
           fails("writing", ::open("/dev/null", O_WRONLY)) +
           fails("truncating", ::open("/dev/null", O_RDONLY | O_TRUNC)) +
           fails("a temporary file", ::open("/tmp", O_TMPFILE | O_RDWR, 0600)) +
           fails("openat2", ::syscall(SYS_openat2, AT_FDCWD, "/usr", nullptr, 0)) +
           fails("unlink", ::unlink("/tmp/vgpu-jail-test-2")) +
           fails("mkdir", ::mkdir("/tmp/vgpu-jail-dir", 0700)) +
           fails("chmod", ::chmod("/tmp", 0777)) + fails("rename", ::rename("/tmp/a", "/tmp/b")) +
           fails("symlink", ::symlink("/tmp/a", "/tmp/b")) +
           fails("truncate", ::truncate("/tmp/a", 0));
}

bool has_landlock() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) >= 1;
}

// A shader is compiled, which needs executable memory and threads, and its work checked.
std::string compute() {
    GpuFixture gpu;
    constexpr VkDeviceSize kBytes = 4096;
    const VkBuffer buffer = gpu.make_buffer(kBytes);
    VkMemoryAllocateInfo memory_info{};
    memory_info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    memory_info.allocationSize = kBytes;
    memory_info.memoryTypeIndex = gpu.memory_type(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    VkDeviceMemory memory;
    must(vkAllocateMemory(gpu.device, &memory_info, nullptr, &memory), "vkAllocateMemory");
    must(vkBindBufferMemory(gpu.device, buffer, memory, 0), "vkBindBufferMemory");

    const VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
                                               VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
    VkDescriptorSetLayoutCreateInfo set_info{};
    set_info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    set_info.bindingCount = 1;
    set_info.pBindings = &binding;
    VkDescriptorSetLayout set_layout;
    must(vkCreateDescriptorSetLayout(gpu.device, &set_info, nullptr, &set_layout), "set layout");
    VkPipelineLayoutCreateInfo layout_info{};
    layout_info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layout_info.setLayoutCount = 1;
    layout_info.pSetLayouts = &set_layout;
    VkPipelineLayout layout;
    must(vkCreatePipelineLayout(gpu.device, &layout_info, nullptr, &layout), "layout");
    VkShaderModuleCreateInfo shader_info{};
    shader_info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    shader_info.codeSize = sizeof kFillShader;
    shader_info.pCode = kFillShader;
    VkShaderModule shader;
    must(vkCreateShaderModule(gpu.device, &shader_info, nullptr, &shader), "shader");
    VkComputePipelineCreateInfo pipeline_info{};
    pipeline_info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
    pipeline_info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    pipeline_info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    pipeline_info.stage.module = shader;
    pipeline_info.stage.pName = "main";
    pipeline_info.layout = layout;
    VkPipeline pipeline;
    must(
        vkCreateComputePipelines(gpu.device, VK_NULL_HANDLE, 1, &pipeline_info, nullptr, &pipeline),
        "pipeline");
    const VkDescriptorPoolSize pool_size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1};
    VkDescriptorPoolCreateInfo pool_info{};
    pool_info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    pool_info.maxSets = 1;
    pool_info.poolSizeCount = 1;
    pool_info.pPoolSizes = &pool_size;
    VkDescriptorPool pool;
    must(vkCreateDescriptorPool(gpu.device, &pool_info, nullptr, &pool), "descriptor pool");
    VkDescriptorSetAllocateInfo allocate_info{};
    allocate_info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    allocate_info.descriptorPool = pool;
    allocate_info.descriptorSetCount = 1;
    allocate_info.pSetLayouts = &set_layout;
    VkDescriptorSet set;
    must(vkAllocateDescriptorSets(gpu.device, &allocate_info, &set), "descriptor set");
    const VkDescriptorBufferInfo buffer_info{buffer, 0, kBytes};
    VkWriteDescriptorSet write{};
    write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    write.dstSet = set;
    write.descriptorCount = 1;
    write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    write.pBufferInfo = &buffer_info;
    vkUpdateDescriptorSets(gpu.device, 1, &write, 0, nullptr);
    gpu.submit(gpu.record([&](VkCommandBuffer commands) {
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0,
                                nullptr);
        vkCmdDispatch(commands, kBytes / 4 / 64, 1, 1);
    }));
    must(vkQueueWaitIdle(gpu.queue), "vkQueueWaitIdle");
    void* mapped;
    must(vkMapMemory(gpu.device, memory, 0, kBytes, 0, &mapped), "vkMapMemory");
    const auto* words = static_cast<const std::uint32_t*>(mapped);
    for (std::uint32_t i = 0; i < kBytes / 4; ++i) {
        if (words[i] != i * 3 + 5) return "wrong word " + std::to_string(i);
    }
    return "computed";
}

GpuIdentity first_gpu() {
    GpuFixture gpu;
    return identify_gpu(gpu.instance, gpu.physical);
}

}  // namespace

TEST_CASE("a jailed process makes no process and reaches no other one") {
    CHECK(in_child([] {
              enter_jail(options());
              return try_processes();
          }) == "");
}

TEST_CASE("a jailed process has no network and no other sockets") {
    CHECK(in_child([] {
              enter_jail(options());
              return try_sockets();
          }) == "");
}

TEST_CASE("a jailed process takes connections only where it was handed a socket for them") {
    const bool of_xen = GENERATE(false, true);
    const std::string result = in_child([of_xen] {
        JailOptions jail = options();
        jail.event_channels = of_xen;
        const int listener = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        const sockaddr_un any{AF_UNIX, {}};
        ::bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof(sa_family_t));
        ::listen(listener, 1);
        enter_jail(jail);
        const int accepted = ::accept4(listener, nullptr, nullptr, 0);
        return std::string(accepted < 0 && errno == EAGAIN ? "may" : "may not");
    });
    CHECK(result == (of_xen ? "may" : "may not"));
}

TEST_CASE("without the jail the same calls work, so the tests can fail") {
    const std::string text = in_child(try_sockets) + in_child(try_files);
    CHECK(text.find("unix socket works") != std::string::npos);
    CHECK(text.find("writing works") != std::string::npos);
    CHECK(text.find("a temporary file works") != std::string::npos);
    ::unlink("/tmp/vgpu-jail-test");
    ::rmdir("/tmp/vgpu-jail-dir");
}

TEST_CASE("a jailed process cannot ask the kernel for more") {
    CHECK(in_child([] {
              enter_jail(options());
              return try_kernel();
          }) == "");
}

TEST_CASE("a jailed process changes no file") {
    CHECK(in_child([] {
              enter_jail(options());
              return try_files();
          }) == "");
}

TEST_CASE("with device nodes a jailed process still opens no other file for writing") {
    if (!has_landlock()) return;
    CHECK(in_child([] {
              const int here = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
              const std::string path = "/proc/self/fd/" + std::to_string(here);
              enter_jail(options(/*device_nodes=*/true));
              return fails("reopening", ::open(path.c_str(), O_RDWR), EACCES) +
                     fails("creating", ::open("/tmp/vgpu-jail-test", O_CREAT | O_RDWR, 0600)) +
                     fails("/dev/zero", ::open("/dev/zero", O_RDWR), EACCES);
          }) == "");
}

TEST_CASE("a jailed process opens render nodes, and not the nodes that rule the screens") {
    if (!has_landlock()) return;
    const std::string said = in_child([]() -> std::string {
        // Nodes of the test's own, in a /dev that only this child sees.
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", "/dev", "tmpfs", 0, nullptr) != 0)
            return "no mounts";
        ::umask(0);
        ::mkdir("/dev/dri", 0755);
        for (const char* node : {"/dev/dri/card0", "/dev/dri/renderD128"})
            ::close(::open(node, O_CREAT | O_RDWR, 0666));
        enter_jail(options(/*device_nodes=*/true));
        const int directory = ::open("/dev/dri", O_RDONLY | O_DIRECTORY);
        const int render = ::open("/dev/dri/renderD128", O_RDWR);
        return fails("writing card0", ::open("/dev/dri/card0", O_RDWR), EACCES) +
               fails("reading card0", ::open("/dev/dri/card0", O_RDONLY), EACCES) +
               (directory >= 0 ? "" : "the directory is shut; ") +
               (render >= 0 ? "" : "the render node is shut; ");
    });
    if (said != "no mounts") CHECK(said == "");
}

TEST_CASE("where it is known which GPU is served, a jailed process opens no other one's node") {
    if (!has_landlock()) return;
    const std::string said = in_child([]() -> std::string {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", "/dev", "tmpfs", 0, nullptr) != 0)
            return "no mounts";
        ::umask(0);
        ::mkdir("/dev/dri", 0755);
        for (const char* node : {"/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidia0",
                                 "/dev/nvidia1", "/dev/nvidiactl"})
            ::close(::open(node, O_CREAT | O_RDWR, 0666));
        JailOptions jail = options(/*device_nodes=*/true);
        jail.gpu_nodes = {"/dev/dri/renderD129", "/dev/nvidia1"};
        enter_jail(jail);
        std::string wrong;
        for (const char* node : {"/dev/dri/renderD129", "/dev/nvidia1", "/dev/nvidiactl"})
            if (::open(node, O_RDWR) < 0) wrong += std::string(node) + " is shut; ";
        return wrong + fails("renderD128", ::open("/dev/dri/renderD128", O_RDWR), EACCES) +
               fails("nvidia0", ::open("/dev/nvidia0", O_RDWR), EACCES);
    });
    if (said != "no mounts") CHECK(said == "");
}

TEST_CASE("a jailed process has so much memory of its own and no more") {
    CHECK(in_child([]() -> std::string {
              constexpr std::size_t kMiB = 1 << 20;
              JailOptions jail = options();
              jail.memory_max = 512 * kMiB;
              enter_jail(jail);
              const auto take = [](std::size_t bytes, int flags) {
                  return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1,
                                0) != MAP_FAILED;
              };
              std::string wrong;
              if (!take(64 * kMiB, MAP_PRIVATE)) wrong += "64 MiB are refused; ";
              if (take(512 * kMiB, MAP_PRIVATE)) wrong += "512 MiB more are had; ";
              // A guest's pages, and the GPU's, are shared.
              if (!take(1024 * kMiB, MAP_SHARED)) wrong += "shared pages are refused; ";
              return wrong;
          }) == "");
}

TEST_CASE("a jailed process reads what drivers read, and nothing of anybody else's") {
    if (!has_landlock()) return;
    CHECK(in_child([] {
              enter_jail(options());
              std::string wrong;
              for (const char* path : {"/usr/share", "/proc/self/maps", "/proc/cpuinfo"}) {
                  if (::open(path, O_RDONLY) < 0) wrong += std::string("no ") + path + "; ";
              }
              for (const char* path : {"/etc/passwd", "/tmp", "/root", "/proc/1/status", "/home"}) {
                  wrong += fails(path, ::open(path, O_RDONLY), EACCES);
              }
              return wrong;
          }) == "");
}

TEST_CASE("a jailed process has lost root, its capabilities and its way back") {
    CHECK(in_child([] {
              enter_jail(options());
              std::string wrong;
              if (::geteuid() == 0 && options().change_user) wrong += "root; ";
              if (::prctl(PR_GET_DUMPABLE) != 0) wrong += "dumpable; ";
              rlimit core;
              ::getrlimit(RLIMIT_CORE, &core);
              if (core.rlim_max != 0) wrong += "core dumps; ";
              return wrong;
          }) == "");
}

TEST_CASE("the jail says which of its parts are in force") {
    const std::string text = in_child([] { return enter_jail(options()); });
    CHECK(text.find("system call filter") != std::string::npos);
    CHECK((text.find("file rules") != std::string::npos));
    CHECK(text.find("no capabilities") != std::string::npos);
}

TEST_CASE("a process with several threads is not jailed by halves") {
    CHECK(in_child([] {
              std::thread other([] { ::pause(); });
              other.detach();
              return enter_jail(options());
          }).find("2 threads") != std::string::npos);
}

TEST_CASE("a jailed process binds nobody to a processor, and is not told so") {
    CHECK(in_child([] {
              cpu_set_t before, one, after;
              ::sched_getaffinity(0, sizeof before, &before);
              enter_jail(options());
              CPU_ZERO(&one);
              for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
                  if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
              if (::sched_setaffinity(0, sizeof one, &one) != 0) return "it fails";
              ::sched_getaffinity(0, sizeof after, &after);
              return CPU_EQUAL(&before, &after) ? "" : "it is bound";
          }) == "");
}

TEST_CASE("the driver compiles and runs a shader in the jail") {
    CHECK(in_child([] {
              warm_driver(first_gpu());
              enter_jail(options());
              return compute();
          }) == "computed");
}

TEST_CASE("the driver works in the jail though nothing of it was loaded before") {
    CHECK(in_child([] {
              enter_jail(options());
              return compute();
          }) == "computed");
}

TEST_CASE("a GPU that is gone is a clear error") {
    CHECK(in_child([] {
              GpuIdentity gone;
              gone.name = "Voodoo 2";
              warm_driver(gone);
              return std::string("found");
          }).find("\"Voodoo 2\" that was found at start is gone") != std::string::npos);
}
