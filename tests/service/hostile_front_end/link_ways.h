// Nonsense over a link that was made honestly.
#pragma once

#include "ways.h"

namespace vgpu::hostile {

void ring_indices(Way& way);
void message_lengths(Way& way);
void noise(Way& way);
void directories(Way& way);
void contexts(Way& way);
void event_storm(Way& way);
void flood(Way& way);

}  // namespace vgpu::hostile
