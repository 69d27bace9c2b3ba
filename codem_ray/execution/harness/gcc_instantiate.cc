// A plugin for g++ that instantiates the pending templates of headers before they are precompiled.
//
// g++ instantiates the templates that inline functions use at the end of a translation unit, and
// repeats this in every unit that includes the precompiled header: two thirds of the time of a small
// program. The functions of g++ are declared by hand, so that the package of plugin headers is not
// needed. A g++ without these functions refuses the plugin, and headers are precompiled without it.
struct cpp_reader;
void instantiate_pending_templates(int retries);
void c_register_pragma(const char *space, const char *name, void (*handler)(cpp_reader *));
extern "C" void register_callback(const char *plugin, int event, void (*callback)(void *, void *),
                                  void *data);
extern "C" int plugin_is_GPL_compatible;
int plugin_is_GPL_compatible;

static const int PLUGIN_PRAGMAS = 15;

static void instantiate(cpp_reader *) { instantiate_pending_templates(0); }

static void add_pragma(void *, void *) { c_register_pragma(0, "codem_instantiate", instantiate); }

extern "C" int plugin_init(void *, void *) {
  register_callback("codem", PLUGIN_PRAGMAS, add_pragma, 0);
  return 0;
}
