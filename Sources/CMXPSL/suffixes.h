// libpsl as Swift sees it.
#ifndef CMX_PSL_H
#define CMX_PSL_H
#include <libpsl.h>
#endif
