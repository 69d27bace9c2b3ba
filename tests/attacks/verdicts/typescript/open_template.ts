// redefinition: leaves a template open to swallow the tests
// problem twice, expects compile_error
function twice(n: number): number { return 0; }
const swallowed = `
