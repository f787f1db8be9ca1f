// Lists of references out of a hostile guest's directory pages.
#include "transport/xen/mapped_grants.h"

#include <cstring>

#include "tests/catch.h"
#include "transport/xen/granted_pages.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::transport::xen {
namespace {

constexpr unsigned kDvm = 5, kGvm = 3;
using Refs = std::vector<std::uint32_t>;

struct Fresh {
    Fresh() {
        fake::reset_xenstore();
        fake::reset_grants();
    }
    // What a guest of bad will writes into directory pages.
    DirectoryPage* make_pages(std::uint32_t count) {
        const fake::InDomain here(kDvm);
        pages = SharedPages(kGvm, count, true);
        return reinterpret_cast<DirectoryPage*>(pages.data());
    }
    std::variant<Refs, std::string> read(std::uint32_t first, std::uint64_t count) {
        const fake::InDomain here(kGvm);
        auto read = read_directory(kDvm, first, count);
        CHECK(fake::mapped_pages(kGvm) == 0);
        return read;
    }
    std::string refusal(std::uint32_t first, std::uint64_t count) {
        const auto answer = read(first, count);
        const auto* text = std::get_if<std::string>(&answer);
        return text == nullptr ? "" : *text;
    }
    SharedPages pages;
};

TEST_CASE_METHOD(Fresh, "a directory of one page or several names every reference") {
    const std::size_t count = GENERATE(1u, 2u, 1022u, 1023u, 1024u, 2046u, 2047u);
    Refs refs(count);
    for (std::size_t i = 0; i < count; ++i) refs[i] = static_cast<std::uint32_t>(10000 + i);
    const fake::InDomain here(kDvm);
    const Directory directory(kGvm, refs);
    CHECK(std::get<Refs>(read(directory.first(), count)) == refs);
}

TEST_CASE_METHOD(Fresh, "a directory that leads in a circle is read as far as there are pages") {
    DirectoryPage* page = make_pages(1);
    page->next = pages.refs()[0];
    const auto refs = std::get<Refs>(read(pages.refs()[0], kMaxRegionPages));
    CHECK(refs.size() == kMaxRegionPages);
}

TEST_CASE_METHOD(Fresh, "a directory that ends too soon or leads nowhere is refused") {
    DirectoryPage* page = make_pages(2);
    CHECK(refusal(pages.refs()[0], 1024) == "The directory ends after 1023 of 1024 pages.");
    CHECK(refusal(0, 1) == "The directory ends after 0 of 1 pages.");
    page->next = 77777;
    CHECK(refusal(pages.refs()[0], 1024).find("page 77777 cannot be mapped") != std::string::npos);
    CHECK(refusal(UINT32_MAX, 1).find("cannot be mapped") != std::string::npos);
    page->next = pages.refs()[1];
    fake::revoke(kDvm, pages.refs()[1]);
    CHECK(refusal(pages.refs()[0], 1024).find("cannot be mapped") != std::string::npos);
}

TEST_CASE_METHOD(Fresh,
                 "a directory of no pages or too many is refused before anything is mapped") {
    for (const std::uint64_t count :
         {std::uint64_t{0}, std::uint64_t{kMaxRegionPages} + 1, std::uint64_t{1} << 32, UINT64_MAX})
        CHECK(refusal(8, count).find("is not between 1 and 262144") != std::string::npos);
}

TEST_CASE_METHOD(Fresh, "a failure of the grant device is a sentence, and leaves nothing") {
    make_pages(1);
    const auto function = GENERATE("xengnttab_open", "xengnttab_map_domain_grant_refs");
    fake::fail({function, ENOMEM});
    CHECK(refusal(pages.refs()[0], 1).find("Cannot allocate memory") != std::string::npos);
    CHECK(refusal(pages.refs()[0], 1).empty());
    const fake::InDomain here(kGvm);
    const Refs refs{1};
    fake::fail({"xengnttab_open", EACCES});
    CHECK(std::holds_alternative<std::string>(prepare_region(kDvm, refs)));
    fake::fail({"prepare_grant_mapping", ENOMEM});
    CHECK(std::holds_alternative<std::string>(prepare_region(kDvm, refs)));
}

}  // namespace
}  // namespace vgpu::transport::xen
