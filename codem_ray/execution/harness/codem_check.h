/* Included before the answer, which therefore sees no name of the harness. */
#undef __BASE_FILE__
#define main codem_answer_main
