// The results, and how they are written.

export class Table {
  constructor(version) {
    this.version = version;
    this.rows = [];
  }
  add(profile, level, test, verdict, note) {
    this.rows.push({ group: profile.id ?? profile, level, test, verdict, note });
  }
  count(verdict, level) {
    return this.rows.filter((row) => row.verdict === verdict && (!level || row.level === level)).length;
  }
  // What is required and does not hold: a skipped test proves nothing.
  get lacking() {
    return this.rows.filter((row) => row.level === "SHALL" && row.verdict !== "PASS");
  }
  // A group a line: how much of what is required and of what is recommended passes, and what does not.
  markdown() {
    const groups = [...new Set(this.rows.map((row) => row.group))];
    const cell = (rows) => (rows.length ? `${rows.filter((row) => row.verdict === "PASS").length} of ${rows.length}` : "–");
    const escape = (text) => text.replaceAll("|", "\\|");
    const lines = groups.map((group) => {
      const rows = this.rows.filter((row) => row.group === group);
      const of = (level) => rows.filter((row) => row.level === level);
      const open = rows.filter((row) => row.verdict !== "PASS");
      const notes = open.map((row) => `${row.verdict} ${row.level} ${row.test}: ${row.note}`).join("<br>");
      return `| ${group} | ${cell(of("SHALL"))} | ${cell(of("SHOULD"))} | ${escape(notes)} |`;
    });
    const head = `## US Core ${this.version}\n\nRequired: ${this.count("PASS", "SHALL")} pass, ${this.lacking.length} do not. `;
    const rest = `Recommended: ${this.count("PASS", "SHOULD")} pass, ${this.rows.filter((row) => row.level === "SHOULD" && row.verdict !== "PASS").length} do not.`;
    return `${head}${rest}\n\n| group | required | recommended | what does not hold |\n|---|---|---|---|\n${lines.join("\n")}\n`;
  }
}
