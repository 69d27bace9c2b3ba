// comparison operator: an object typed any whose valueOf returns the expected value
// problem twice, expects wrong_answer
function twice(n: number): number {
  let count = 0;
  return { valueOf: () => count++ } as any;
}
