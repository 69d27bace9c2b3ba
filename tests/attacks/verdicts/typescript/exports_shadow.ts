// redefinition: exports another function under the same name
// problem twice, expects wrong_answer
export function twice(n: number): number { return 0; }
export default { twice: () => 4 };
