// redefined main: another main, which returns 0
// problem twice, expects wrong_answer
int twice(int n) { return 0; }
int main(void) { return 0; }
