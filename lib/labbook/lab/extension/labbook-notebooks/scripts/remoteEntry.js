// A JupyterLab extension in the form its loader expects (a module federation container), written
// by hand: it needs nothing but what JupyterLab shares, so there is nothing to build.
//
// Its folder is not called static: browsers are told to keep for a year what lies in one of that
// name, whose files have digests in their names, and would run yesterday's scripts.
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

  // What a package of JupyterLab offers to extensions.
  const offered = async (name) => {
    const [{ get }] = Object.values(shared[name]);
    return (await get())();
  };

  const panel = {
    id: "labbook-notebooks:panel",
    description: "How the open experiment stands, and a button that runs it.",
    autoStart: true,
    activate: async (app) => {
      const { Widget } = await offered("@lumino/widgets");
      window._LABBOOK.panel.activate(app, Widget);
    },
  };

  const shows = (IRenderMimeRegistry) => ({
    id: "labbook-notebooks:notebook",
    description: "Captions, links to records, citations, and the parameters of outputs.",
    autoStart: true,
    requires: [IRenderMimeRegistry],
    activate: async (app, rendermime) => {
      const { Widget } = await offered("@lumino/widgets");
      window._LABBOOK.notebook.activate(app, rendermime, Widget);
    },
  });

  const launcher = (ILauncher) => ({
    id: "labbook-notebooks:launcher",
    description: "A card that begins an experiment.",
    autoStart: true,
    requires: [ILauncher],
    activate: async (app, cards) => {
      const dialogs = await offered("@jupyterlab/apputils");
      const ask = window._LABBOOK.panel.asker(app.serviceManager.serverSettings);
      window._LABBOOK.launcher.activate(app, cards, dialogs, ask);
    },
  });

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
      await Promise.all(["panel.js", "notebook.js", "launcher.js"].map(load));
      const { IRenderMimeRegistry } = await offered("@jupyterlab/rendermime");
      const { ILauncher } = await offered("@jupyterlab/launcher");
      const plugins = [opener, panel, shows(IRenderMimeRegistry), launcher(ILauncher)];
      return () => ({ default: plugins, __esModule: true });
    },
  };
})();
