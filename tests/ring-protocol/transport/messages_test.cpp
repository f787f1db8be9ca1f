// Shows that Hello and Welcome survive the way, and that nothing else does.
#include "transport/messages.h"

#include <cstring>

#include "tests/catch.h"
#include "transport/local/requests.h"

namespace vgpu::transport {
namespace {

Hello large_hello() {
    Hello hello;
    hello.application = "some application";
    for (std::uint32_t i = 0; i < 2000; ++i) hello.command_hashes.push_back(i * 2654435761u);
    return hello;
}

Welcome large_welcome() {
    Welcome welcome;
    welcome.text = "fine";
    welcome.service_version = "0.1.0";
    welcome.instance_version = 0x00403000;
    for (std::uint32_t i = 0; i < 40; ++i)
        welcome.instance_extensions.push_back({"VK_KHR_an_extension_" + std::to_string(i), i});
    welcome.command_hashes = large_hello().command_hashes;
    welcome.memory_limit_bytes = 5ull << 32;
    welcome.objects_max = 1000;
    welcome.channels_max = 8;
    return welcome;
}

TEST_CASE("a large Hello comes back as it was") {
    const auto bytes = encode(large_hello());
    REQUIRE(bytes);
    const auto hello = decode_hello(*bytes);
    REQUIRE(hello);
    CHECK(hello->protocol_version == kProtocolVersion);
    CHECK(hello->application == "some application");
    CHECK(hello->wants_context);
    CHECK(hello->command_hashes == large_hello().command_hashes);
}

TEST_CASE("a large Welcome comes back as it was") {
    const auto bytes = encode(large_welcome());
    REQUIRE(bytes);
    const auto welcome = decode_welcome(*bytes);
    REQUIRE(welcome);
    CHECK(welcome->refusal == Refusal::None);
    CHECK(welcome->text == "fine");
    CHECK(welcome->service_version == "0.1.0");
    CHECK(welcome->instance_version == 0x00403000);
    REQUIRE(welcome->instance_extensions.size() == 40);
    CHECK(welcome->instance_extensions[39].name == "VK_KHR_an_extension_39");
    CHECK(welcome->instance_extensions[39].spec_version == 39);
    CHECK(welcome->command_hashes == large_welcome().command_hashes);
    CHECK(welcome->memory_limit_bytes == 5ull << 32);
    CHECK(welcome->objects_max == 1000);
    CHECK(welcome->channels_max == 8);
}

TEST_CASE("every truncation of a message is refused, and every longer one") {
    Hello hello = large_hello();
    hello.command_hashes.resize(3);
    Welcome welcome = large_welcome();
    welcome.command_hashes.resize(3);
    welcome.instance_extensions.resize(2);
    auto hello_bytes = *encode(hello);
    auto welcome_bytes = *encode(welcome);
    for (std::size_t size = 0; size < hello_bytes.size(); ++size)
        CHECK_FALSE(decode_hello({hello_bytes.data(), size}));
    for (std::size_t size = 0; size < welcome_bytes.size(); ++size)
        CHECK_FALSE(decode_welcome({welcome_bytes.data(), size}));
    hello_bytes.resize(hello_bytes.size() + 4);
    welcome_bytes.resize(welcome_bytes.size() + 4);
    CHECK_FALSE(decode_hello(hello_bytes));
    CHECK_FALSE(decode_welcome(welcome_bytes));
}

TEST_CASE("a count beyond the message or the limit is refused without memory for it") {
    Hello hello;
    auto bytes = *encode(hello);
    // The hashes' count is the last word.
    for (const std::uint32_t count : {1u, 0x7fffffffu, 0xffffffffu}) {
        std::memcpy(bytes.data() + bytes.size() - 4, &count, 4);
        CHECK_FALSE(decode_hello(bytes));
    }
    const std::uint32_t over = kMaxCommandHashes + 1;
    std::memcpy(bytes.data() + bytes.size() - 4, &over, 4);
    bytes.resize(bytes.size() + 4 * over);
    CHECK_FALSE(decode_hello(bytes));
    hello.command_hashes.resize(over);
    CHECK_FALSE(encode(hello));
    Welcome welcome;
    welcome.instance_extensions.resize(kMaxExtensions + 1);
    CHECK_FALSE(encode(welcome));
}

TEST_CASE("a message is not taken for the other, nor without the magic") {
    CHECK_FALSE(decode_welcome(*encode(Hello{})));
    CHECK_FALSE(decode_hello(*encode(Welcome{})));
    auto bytes = *encode(Hello{});
    bytes[0] ^= 1;
    CHECK_FALSE(decode_hello(bytes));
    CHECK_FALSE(decode_hello({}));
}

TEST_CASE("of another version's Hello only the version is understood") {
    Hello hello = large_hello();
    hello.protocol_version = kProtocolVersion + 1;
    auto bytes = *encode(hello);
    bytes.resize(20);  // whatever that version has there
    const auto decoded = decode_hello(bytes);
    REQUIRE(decoded);
    CHECK(decoded->protocol_version == kProtocolVersion + 1);
    CHECK(decoded->command_hashes.empty());
}

TEST_CASE("another version's Welcome is a refusal with its text") {
    auto bytes = *encode(refuse(Refusal::None, "Use version 7."));
    bytes[8] = 7;
    bytes.resize(40);
    const auto decoded = decode_welcome(bytes);
    REQUIRE(decoded);
    CHECK(decoded->refusal == Refusal::VersionMismatch);
    CHECK(decoded->text == "Use version 7.");
}

TEST_CASE("control characters of a peer do not reach a log, and long names are cut") {
    Hello hello;
    hello.application = "a\nb\x1b[31m\x7f" + std::string(300, 'x');
    const auto decoded = decode_hello(*encode(hello));
    REQUIRE(decoded);
    CHECK(decoded->application.substr(0, 9) == "a?b?[31m?");
    CHECK(decoded->application.size() == kMaxNameBytes);
}

TEST_CASE("requests and acks come back as they were and every truncation is refused") {
    const Request request{Request::Kind::OpenChannel, 7, 3, 4, 1ull << 40};
    const auto request_bytes = encode(request);
    REQUIRE(request_bytes.size() == kRequestBytes);
    const auto decoded = decode_request(request_bytes);
    REQUIRE(decoded);
    CHECK(decoded->kind == Request::Kind::OpenChannel);
    CHECK(decoded->serial == 7);
    CHECK(decoded->region == 3);
    CHECK(decoded->channel == 4);
    CHECK(decoded->value == 1ull << 40);
    const auto ack_bytes = encode(Ack{9, "No."});
    const auto ack = decode_ack(ack_bytes);
    REQUIRE(ack);
    CHECK(ack->serial == 9);
    CHECK(ack->refusal == "No.");
    CHECK(encode(Ack{9, std::string(5000, 'x')}).size() <= kMaxAckBytes);
    for (std::size_t size = 0; size < request_bytes.size(); ++size)
        CHECK_FALSE(decode_request({request_bytes.data(), size}));
    for (std::size_t size = 0; size < ack_bytes.size(); ++size)
        CHECK_FALSE(decode_ack({ack_bytes.data(), size}));
}

TEST_CASE("a request of an unknown kind is refused") {
    for (const std::uint32_t kind : {0u, 7u, 0xffffffffu}) {
        Request request;
        request.kind = static_cast<Request::Kind>(kind);
        CHECK_FALSE(decode_request(encode(request)));
    }
}

}  // namespace
}  // namespace vgpu::transport
