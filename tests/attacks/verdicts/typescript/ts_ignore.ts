// redefinition: silences the checker and returns another type
// problem twice, expects wrong_answer
// @ts-nocheck
function twice(n: number): number {
  // @ts-ignore
  return "4";
}
