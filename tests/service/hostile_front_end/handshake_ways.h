// Nonsense in xenstore and in the first pages.
#pragma once

#include "ways.h"

namespace vgpu::hostile {

void forged_link_page(Way& way);
void forged_ring_pages(Way& way);
void senseless_link_page(Way& way);
void senseless_handshake(Way& way);
void senseless_states(Way& way);
void large_values(Way& way);
void reconnect(Way& way);

}  // namespace vgpu::hostile
