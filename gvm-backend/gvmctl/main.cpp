// gvmctl: shares a GPU between the guests of a Xen host.
#include <iostream>

#include "gvmctl/command_line.h"

int main(int argc, char** argv) {
    return vgpu::gvmctl::run(argc, argv, vgpu::gvmctl::RealMachine(), std::cout, std::cerr);
}
