/* Needs a library that is not where the loader looks. */
extern int nowhere(void);
extern int use(void);
__attribute__((visibility("default"))) int use(void) { return nowhere(); }
