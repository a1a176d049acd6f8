// libidn2 as Swift sees it.
#ifndef CMX_IDN_H
#define CMX_IDN_H
#include <idn2.h>
#endif
