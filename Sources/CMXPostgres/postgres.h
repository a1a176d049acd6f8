// libpq as Swift sees it.
#ifndef CMX_POSTGRES_H
#define CMX_POSTGRES_H
#include <libpq-fe.h>
#endif
