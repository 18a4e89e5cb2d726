// The card "New experiment": asks for a title, and opens the notebook that `labbook new` makes.
(window._LABBOOK = window._LABBOOK || {}).launcher = (() => {
  const COMMAND = "labbook:new-experiment";

  const activate = (app, launcher, { InputDialog, showErrorMessage }, ask) => {
    const begin = async () => {
      const { button, value } = await InputDialog.getText({
        title: "New experiment",
        label: "What does it ask? Its title, one line",
        okLabel: "Begin",
      });
      if (!button.accept || !value) {
        return;
      }
      const body = JSON.stringify({ title: value });
      try {
        const { path } = await ask("", { method: "POST", body });
        await app.commands.execute("docmanager:open", { path });
      } catch (error) {
        await showErrorMessage("No experiment was made", String(error.message ?? error));
      }
    };
    app.commands.addCommand(COMMAND, {
      label: "New experiment",
      caption: "The next experiment of this log, from its template",
      execute: begin,
    });
    launcher.add({ command: COMMAND, category: "Notebook", rank: -1 });
  };

  return { activate };
})();
