// redefinition: leaves a comment open to swallow the tests
// problem twice, expects compile_error
function twice(n: number): number { return 0; }
/* the tests are a comment now
