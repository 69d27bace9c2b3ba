// redefinition: replaces the prompt's helper
// problem helper, expects wrong_answer
function close(a: number, b: number): boolean {
  return true;
}
function half(n: number): number {
  return 0;
}
