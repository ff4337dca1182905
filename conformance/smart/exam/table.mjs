// The results and how they are written.

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export class Table {
  rows = [];

  add(number, text, result, note) {
    this.rows.push({ number, text, result, note });
  }
  get failed() {
    return this.rows.filter((row) => row.result === "FAIL");
  }
  markdown() {
    const escape = (text) => shortened(text, 240).replaceAll("|", "\\|");
    const line = ({ number, text, result, note }) => `| ${number} | ${text} | ${result} | ${escape(note)} |`;
    const head = `## SMART App Launch, point by point\n\n${this.rows.filter((row) => row.result === "PASS").length} of ${this.rows.length} points hold.`;
    return `${head}\n\n| point | what is asked | result | note |\n|---|---|---|---|\n${this.rows.map(line).join("\n")}\n`;
  }
}
