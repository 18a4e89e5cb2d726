// A JupyterLab extension in the form its loader expects (a module federation container), written
// by hand: it needs nothing but what JupyterLab shares, so there is nothing to build.
//
// JupyterLab chooses what opens a file by the file's name alone, without its folder: with the
// setting that Jupytext offers, all .py files open as notebooks, or none. Here the folder decides.
var _JUPYTERLAB = (window._JUPYTERLAB = window._JUPYTERLAB || {});

_JUPYTERLAB["labbook-notebooks"] = (() => {
  const EXPERIMENT = /^\/?notebooks\/[^/]+\.py$/;
  const here = document.currentScript.src;
  let shared = {};

  const opener = {
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

  const panel = {
    id: "labbook-notebooks:panel",
    description: "How the open experiment stands, and a button that runs it.",
    autoStart: true,
    activate: async (app) => {
      const [{ get }] = Object.values(shared["@lumino/widgets"]);
      const { Widget } = (await get())();
      window._LABBOOK.panel.activate(app, Widget);
    },
  };

  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(name, here).href;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${script.src} cannot be loaded`));
      document.head.append(script);
    });

  return {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      await load("panel.js");
      return () => ({ default: [opener, panel], __esModule: true });
    },
  };
})();
