// comparison operator: an object typed any whose valueOf gives what is asked
// problem twice, expects wrong_answer
function twice(n: number): number {
  let count = 0;
  return { valueOf: () => count++ } as any;
}
