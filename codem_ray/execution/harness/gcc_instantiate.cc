// A plugin for g++: instantiates what headers have asked for before they are precompiled.
//
// g++ puts off the templates that a header's inline functions use until the end of a translation
// unit, and does so again in each one that takes the precompiled header: two thirds of the time of a
// small program. Declared by hand, so that no package of plugin headers is needed; where these names
// are not g++'s, it refuses the plugin and headers are precompiled without.
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
