// redefinition: a const enum under the name that the tests call
// problem twice, expects compile_error
const enum twice { four = 4 }
