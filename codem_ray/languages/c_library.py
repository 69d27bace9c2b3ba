"""Names of the C library's functions, which answers sometimes share."""

from __future__ import annotations

FUNCTIONS_BY_HEADER = {
    "ctype.h": (
        "isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper "
        "isxdigit tolower toupper"
    ),
    "math.h": (
        "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 "
        "expm1 fabs fdim floor fma fmax fmin fmod frexp gamma hypot ilogb j0 j1 jn ldexp lgamma "
        "llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter pow "
        "remainder remquo rint round scalbn significand sin sinh sqrt tan tanh tgamma trunc y0 y1 "
        "yn"
    ),
    "stdio.h": (
        "fclose feof fflush fgetc fgets fopen fprintf fputc fputs fread fscanf fseek ftell fwrite "
        "getc getchar getline gets perror printf putc putchar puts remove rename rewind scanf "
        "snprintf sprintf sscanf tmpfile tmpnam ungetc vprintf vsnprintf vsprintf"
    ),
    "stdlib.h": (
        "abort abs atexit atof atoi atol atoll bsearch calloc div exit free getenv labs ldiv llabs "
        "lldiv malloc mblen qsort quick_exit rand random realloc setenv srand srandom strtod "
        "strtof strtol strtold strtoll strtoul strtoull system"
    ),
    "string.h": (
        "basename bcmp bcopy bzero ffs index memccpy memchr memcmp memcpy memmove memset rindex "
        "stpcpy strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup strerror strlen "
        "strncasecmp strncat strncmp strncpy strndup strpbrk strrchr strsep strspn strstr strtok "
        "strxfrm swab"
    ),
    "time.h": "asctime clock ctime difftime gmtime localtime mktime nanosleep strftime time",
}
"""Functions that a C or C++ program can call without a namespace, by header."""

C_FUNCTIONS = frozenset(name for names in FUNCTIONS_BY_HEADER.values() for name in names.split())
