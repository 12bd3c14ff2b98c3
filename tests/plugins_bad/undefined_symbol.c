/* Uses a function that no library has. */
extern void a_function_nobody_has(void);
extern void use(void);
__attribute__((visibility("default"))) void use(void) { a_function_nobody_has(); }
