// The panel on the right: how the experiment that is open stands, in the words of the site; a button
// that runs it as `labbook run` does; how far that is; and the way to its page.
(window._LABBOOK = window._LABBOOK || {}).panel = (() => {
  const EXPERIMENT = /^\/?notebooks\/([^/]+)\.(py|ipynb)$/;
  const LOOK_MS = 1000;
  const STYLE = `
    .lb-panel { padding: 12px; overflow: auto; color: var(--jp-ui-font-color1); }
    .lb-panel h2 { font-size: var(--jp-ui-font-size2); margin: 0 0 8px; overflow-wrap: anywhere; }
    .lb-panel p, .lb-panel ul { margin: 0 0 8px; line-height: 1.4; }
    .lb-panel ul { padding-left: 16px; }
    .lb-panel .lb-word { font-weight: 600; }
    .lb-panel .lb-word[data-good="true"]::before { content: "✓ "; }
    .lb-panel .lb-word[data-good="false"]::before { content: "○ "; }
    .lb-panel progress { width: 100%; }
    .lb-panel pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; }
    .lb-panel a { color: var(--jp-content-link-color); }
  `;

  const element = (name, text, attributes = {}) => {
    const node = document.createElement(name);
    node.textContent = text ?? "";
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    return node;
  };

  // How the experiment stands and what goes on.
  const standing = (told) => {
    const word = element("p", told.word, { class: "lb-word", "data-good": told.good });
    const parts = [element("h2", told.experiment), word];
    for (const reason of told.reasons) {
      parts.push(element("p", reason, { class: "lb-reason" }));
    }
    if (told.trials) {
      parts.push(element("p", told.trials));
    }
    if (told.last_run) {
      parts.push(element("p", `last run: ${told.last_run}`));
    }
    for (const one of told.runs) {
      parts.push(element("p", one.text, { class: "lb-running" }));
      if (one.planned) {
        const label = { "aria-label": "trials done", max: one.planned, value: one.done };
        parts.push(element("progress", "", label));
      }
    }
    return parts;
  };

  // What the last run from here printed, and the page on the site.
  const outcome = (told, base) => {
    const parts = [];
    if (told.said && !told.busy) {
      parts.push(element("pre", told.said, { class: "lb-said" }));
    }
    if (told.page) {
      const page = { href: `${base}files/${told.page}`, target: "_blank", rel: "noopener" };
      parts.push(element("a", "Its page on the site", page));
    }
    return parts;
  };

  // The menu of profiles, the button and its box: they stay while what is around is drawn anew.
  const controls = () => {
    const label = element("label", "profile ");
    const menu = element("select");
    label.append(menu);
    const button = element("button", "Run", { class: "lb-run" });
    const stale = element("input", "", { type: "checkbox", class: "lb-stale" });
    const again = element("label");
    again.append(stale, " stale trials again");
    const line = element("p");
    line.append(label, " ", button, " ", again);
    const update = (told) => {
      const there = Array.from(menu.options, (option) => option.value);
      if (there.join() !== told.profiles.join()) {
        const chosen = menu.value;
        menu.replaceChildren(...told.profiles.map((name) => element("option", name, { value: name })));
        menu.value = told.profiles.includes(chosen) ? chosen : (told.profiles[0] ?? "");
      }
      label.hidden = told.profiles.length === 0;
      again.hidden = !told.word.split(", ").includes("stale");
      button.disabled = told.busy;
      button.textContent = told.busy ? "Running…" : "Run";
    };
    return { line, menu, button, update, stale: () => !again.hidden && stale.checked };
  };

  // Asks the log's part of the server.
  const asker = (settings) => async (name, options = {}) => {
    const headers = { "Content-Type": "application/json" };
    if (settings.token) {
      headers.Authorization = `token ${settings.token}`;
    }
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie);
    if (xsrf) {
      headers["X-XSRFToken"] = xsrf[1];
    }
    const address = `${settings.baseUrl}labbook/experiments/${encodeURIComponent(name)}`;
    const reply = await fetch(address, { headers, credentials: "same-origin", ...options });
    const body = await reply.json();
    if (!reply.ok) {
      throw new Error(body.message ?? reply.statusText);
    }
    return body;
  };

  const activate = (app, Widget) => {
    const settings = app.serviceManager.serverSettings;
    const ask = asker(settings);
    const node = element("div", "", { class: "lb-panel", tabindex: "0" });
    const [above, below] = [element("div"), element("div")];
    const chosen = controls();
    const panel = new Widget({ node });
    panel.id = "labbook-panel";
    panel.title.label = "Experiment";
    panel.title.caption = "How the open experiment stands";
    app.shell.add(panel, "right", { rank: 10 });
    document.head.append(element("style", STYLE));
    let shown = ""; // what is drawn: it is left alone while nothing changes, a menu may be open
    // The cells of each experiment when its run began here. JupyterLab calls a notebook dirty as
    // soon as its kernel has told its language, so that says nothing of edits.
    const begun = new Map();

    const experiment = () => {
      const widget = app.shell.currentWidget;
      const found = EXPERIMENT.exec(widget?.context?.path ?? "");
      return found ? { name: found[1], context: widget.context } : null;
    };

    // What a person changes in them; JupyterLab itself changes their other metadata. Nothing where
    // the experiment is open as text.
    const cells = ({ context }) =>
      context.model.cells &&
      JSON.stringify(
        context.model
          .toJSON()
          .cells.map((cell) => [
            cell.cell_type,
            cell.source,
            cell.metadata.tags,
            cell.outputs,
            cell.execution_count,
          ]),
      );

    const say = (text, attributes = {}) => {
      node.replaceChildren(element("p", text, attributes));
      shown = "";
    };

    const fail = (error) => say(String(error.message ?? error), { role: "alert" });

    const look = async () => {
      const open = experiment();
      if (!open) {
        say("Open an experiment to see how it stands.");
        return;
      }
      const told = await ask(open.name);
      if (experiment()?.name !== open.name) {
        return;
      }
      // A run has ended: where nothing is being edited, its outputs are shown.
      // What was asked before the run began, and answered after, knows nothing of it.
      const mine = begun.get(open.name);
      if (mine && told.begun >= mine.number && !told.busy && open.context.model.cells) {
        begun.delete(open.name);
        if (mine.cells === cells(open)) {
          await open.context.revert();
        }
      }
      const text = JSON.stringify(told);
      if (text === shown) {
        return;
      }
      if (!shown) {
        node.replaceChildren(above, chosen.line, below);
      }
      above.replaceChildren(...standing(told));
      chosen.update(told);
      const end = outcome(told, settings.baseUrl);
      if (end.map((part) => part.outerHTML).join("") !== below.innerHTML) {
        below.replaceChildren(...end);
      }
      shown = text;
    };

    const run = async (open) => {
      const [profile, stale] = [chosen.menu.value || null, chosen.stale()];
      if (open.context.model.dirty) {
        await open.context.save();
      }
      const body = JSON.stringify({ profile, stale });
      const { begun: number } = await ask(open.name, { method: "POST", body });
      if (open.context.model.cells) {
        begun.set(open.name, { number, cells: cells(open) });
      }
      await look();
    };

    const again = async () => {
      if (panel.isVisible) {
        await look().catch(fail);
      }
      setTimeout(again, LOOK_MS);
    };
    chosen.button.onclick = () => {
      const open = experiment();
      if (open) {
        run(open).catch(fail);
      }
    };
    again();
  };

  return { activate, asker };
})();
