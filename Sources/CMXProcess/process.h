// What glibc offers for starting processes only under _GNU_SOURCE, which Swift's import of glibc does not set.
#ifndef CMX_PROCESS_H
#define CMX_PROCESS_H
#include <spawn.h>

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

/// The child closes every descriptor from `first` on.
static inline int cmx_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

/// The child begins in the folder `path`.
static inline int cmx_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

/// POSIX_SPAWN_SETSID of glibc's <spawn.h>: the child begins a session of its own.
static const short cmx_spawn_new_session = 0x80;
#endif
