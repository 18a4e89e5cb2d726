// What a notebook shows in JupyterLab as on the site: captions under figures, rows of trials that
// lead to their records, citations; and above its outputs with what other parameters they were made.
(window._LABBOOK = window._LABBOOK || {}).notebook = (() => {
  const FIGURE = "application/vnd.labbook.figure+json";
  const TABLE = "application/vnd.labbook.table+json";
  const BEFORE_OTHERS = 10; // JupyterLab shows the type of the lowest rank that a cell's output has
  const RECORDS = /_build\/html\/records\/([^/]+)\/(?:([0-9a-f]{16})\.html|index\.html.*)$/;
  const CITATION = /<cite\s+data-cite="([^"]+)"\s*\/>/g;
  const STYLE = `
    .lb-figure { margin: 0; padding: 4px 0; }
    .lb-figure img { max-width: 100%; }
    .lb-figure figcaption { font-size: var(--jp-content-font-size1); max-width: 46em; }
    .lb-differs { min-height: 24px; padding: 4px 12px; background: var(--jp-warn-color3); color: #222;
      white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  `;
  const SVG = "image/svg+xml";
  const whole = (text) => (Array.isArray(text) ? text.join("") : text);

  // An image runs nothing, whoever wrote it.
  const figure = ({ data }) => {
    const node = document.createElement("figure");
    const image = document.createElement("img");
    const caption = document.createElement("figcaption");
    const about = data[FIGURE];
    node.className = "lb-figure";
    const kind = [SVG, "image/png", "image/jpeg"].find((type) => type in data);
    const drawn = whole(data[kind] ?? "");
    image.src =
      kind === SVG
        ? `data:${SVG},${encodeURIComponent(drawn)}`
        : `data:${kind};base64,${drawn.replace(/\s/g, "")}`;
    image.alt = about.alt ?? "";
    caption.textContent = about.caption ?? "";
    node.append(image, caption);
    return node;
  };

  const table = ({ data }, { sanitizer }, base) => {
    const node = document.createElement("div");
    node.className = "jp-RenderedHTMLCommon";
    node.innerHTML = sanitizer.sanitize(whole(data["text/html"] ?? ""));
    for (const link of node.querySelectorAll("a[href]")) {
      const found = RECORDS.exec(link.getAttribute("href"));
      if (found) {
        const [address, experiment, key] = found;
        link.href = base + (key ? `labbook/records/${experiment}/${key}` : `files/${address}`);
        link.target = "_blank";
      }
    }
    return node;
  };

  const draws = (Widget, mimeType, draw) => {
    const createRenderer = (options) => {
      const widget = new Widget();
      widget.addClass("jp-RenderedHTML");
      widget.renderModel = async (model) => widget.node.replaceChildren(draw(model, options));
      return widget;
    };
    return { safe: true, mimeTypes: [mimeType], createRenderer };
  };

  // To HTML, <cite …/> is a citation that has only begun: all that follows would be in it.
  const withCitations = (factory) => ({
    ...factory,
    createRenderer: (options) => {
      const renderer = factory.createRenderer(options);
      const render = renderer.renderModel.bind(renderer);
      renderer.renderModel = (model) => {
        const text = whole(model.data[options.mimeType] ?? "");
        const cited = text.replace(CITATION, '<cite data-cite="$1">[$1]</cite>');
        if (cited === text) {
          return render(model);
        }
        const data = { ...model.data, [options.mimeType]: cited };
        return render({ data, metadata: model.metadata, trusted: model.trusted, setData() {} });
      };
      return renderer;
    },
  });

  // One line above a notebook, until a cell of it is run.
  const tellParameters = (panel, Widget) => {
    const line = new Widget();
    line.addClass("lb-differs");
    panel.contentHeader.addWidget(line);
    const { model } = panel.context;
    let shown = "";
    let counts = "";
    const update = () => {
      const loaded = model.getMetadata("labbook_loaded") ?? {};
      const differs = (loaded.differs ?? []).join("; ");
      const now = JSON.stringify(Array.from(model.cells, (cell) => cell.executionCount));
      const told = JSON.stringify([loaded.run, differs]);
      if (told !== shown) {
        [shown, counts] = [told, now];
      }
      line.node.textContent = `The outputs are of a run with other parameters: ${differs}.`;
      line.node.title = line.node.textContent;
      line.setHidden(!differs || now !== counts);
    };
    panel.context.ready.then(() => {
      model.contentChanged.connect(update);
      model.metadataChanged.connect(update);
      update();
    });
  };

  const activate = (app, rendermime, Widget) => {
    const style = document.createElement("style");
    style.textContent = STYLE;
    document.head.append(style);
    const base = app.serviceManager.serverSettings.baseUrl;
    rendermime.addFactory(draws(Widget, FIGURE, figure), BEFORE_OTHERS);
    const drawTable = (model, options) => table(model, options, base);
    rendermime.addFactory(draws(Widget, TABLE, drawTable), BEFORE_OTHERS);
    const markdown = rendermime.getFactory("text/markdown");
    if (markdown) {
      rendermime.addFactory(withCitations(markdown), markdown.defaultRank);
    }
    // One and the same for both: Jupytext hands its notebooks what those of JupyterLab have.
    const teller = { createNew: (panel) => tellParameters(panel, Widget) };
    for (const kind of ["Notebook", "Jupytext Notebook"]) {
      app.docRegistry.addWidgetExtension(kind, teller);
    }
  };

  return { activate };
})();
