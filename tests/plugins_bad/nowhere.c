/* The library that missing_library.c needs; its directory is in no search path. */
extern int nowhere(void);
int nowhere(void) { return 1; }
