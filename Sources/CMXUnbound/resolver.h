// libunbound as Swift sees it.
#ifndef CMX_RESOLVER_H
#define CMX_RESOLVER_H
#include <unbound.h>
#endif
