// What wayland-scanner makes of the protocol by which windows are made. It is C: the header comes
// first, so that C++ does not take its constants for this file's own.
// clang-format off
#include "xdg-shell-client-protocol.h"
#pragma GCC diagnostic ignored "-Wattributes"
#include "xdg-shell-code.h"
