"""Names of the C library's functions, which answers sometimes share."""

from __future__ import annotations

_NAMES = """
    abort abs acos acosh asctime asin asinh atan atan2 atanh atexit atof atoi atol atoll
    basename bcmp bcopy bsearch bzero calloc cbrt ceil clock copysign cos cosh ctime difftime
    div erf erfc exit exp exp2 expm1 fabs fclose fdim feof fflush ffs fgetc fgets floor fma
    fmax fmin fmod fopen fprintf fputc fputs fread free frexp fscanf fseek ftell fwrite gamma
    getc getchar getenv getline gets gmtime hypot ilogb index isalnum isalpha isblank iscntrl
    isdigit isgraph islower isprint ispunct isspace isupper isxdigit j0 j1 jn labs ldexp ldiv
    lgamma llabs lldiv llrint llround localtime log log10 log1p log2 logb lrint lround malloc
    mblen memccpy memchr memcmp memcpy memmove memset mktime modf nan nanosleep nearbyint
    nextafter perror pow printf putc putchar puts qsort quick_exit rand random realloc
    remainder remove remquo rename rewind rindex rint round scalbn scanf setenv significand sin
    sinh snprintf sprintf sqrt srand srandom sscanf stpcpy strcasecmp strcat strchr strcmp
    strcoll strcpy strcspn strdup strerror strftime strlen strncasecmp strncat strncmp strncpy
    strndup strpbrk strrchr strsep strspn strstr strtod strtof strtok strtol strtold strtoll
    strtoul strtoull strxfrm swab system tan tanh tgamma time tmpfile tmpnam tolower toupper
    trunc ungetc vprintf vsnprintf vsprintf y0 y1 yn
"""
C_FUNCTIONS = frozenset(_NAMES.split())
"""Functions that a C or C++ program can call without a namespace, if it includes their header."""
