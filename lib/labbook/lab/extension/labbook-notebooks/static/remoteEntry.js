// A JupyterLab extension in the form its loader expects (a module federation container), written
// by hand: it needs nothing but the application it is given, so there is nothing to build.
//
// JupyterLab chooses what opens a file by the file's name alone, without its folder: with the
// setting that Jupytext offers, all .py files open as notebooks, or none. Here the folder decides.
var _JUPYTERLAB = (window._JUPYTERLAB = window._JUPYTERLAB || {});

_JUPYTERLAB["labbook-notebooks"] = (() => {
  const EXPERIMENT = /^\/?notebooks\/[^/]+\.py$/;

  const plugin = {
    id: "labbook-notebooks:plugin",
    description: "Opens notebooks/*.py as notebooks.",
    autoStart: true,
    activate: (app) => {
      const registry = app.docRegistry;
      const preferred = registry.preferredWidgetFactories.bind(registry);
      registry.preferredWidgetFactories = (path) => {
        const factories = preferred(path);
        const notebook = registry.getWidgetFactory("Jupytext Notebook");
        if (!notebook || !EXPERIMENT.test(path)) {
          return factories;
        }
        return [notebook, ...factories.filter((factory) => factory !== notebook)];
      };
    },
  };

  return {
    init: () => {},
    get: async () => () => ({ default: plugin, __esModule: true }),
  };
})();
