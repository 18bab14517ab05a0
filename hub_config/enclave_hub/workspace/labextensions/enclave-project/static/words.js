// What the panel says, in both languages.

export const words = {
  en: {
    project: "Project", grant: "Grant", until: "until", days: "days left",
    noGrant: "No grant holds today.", deadlines: "Deadlines", delivery: "Delivery",
    noDelivery: "Nothing delivered yet.", persons: "persons", rows: "rows",
    outbox: "To be let out", outboxHow:
      "Put what is to leave into outbox. A person checks it before it leaves.",
    outboxEmpty: "The outbox is empty.", requests: "Asked to be let out", states: {
      draft: "draft", requested: "waits for a checker", checked: "is being checked",
      returned: "came back to you", released: "let out",
    },
    giveBack: "To give back", giveBackNow: "Give back …", returnEmpty: "The folder return is empty.",
    returnHow: "Put an analysis, cleaned data with codebook, or a finding into return.",
    documents: "Documents",
    templates: "Templates", templatesHow: "A click puts a copy into work.",
    snippets: "Snippets", snippetsHow: "A click puts a cell below the current one.",
    openNotebook: "Open a notebook first.", failed: "This cannot be shown now.",
    running: "Cell has run", waiting: "waiting", took: "The cell took", memory: "Memory",
    of: "of", processor: "CPU", nearLimit:
      "A kernel is near its memory limit and may be ended. Read fewer columns or rows.",
    locale: "en-GB",
  },
  da: {
    project: "Projekt", grant: "Bevilling", until: "til og med", days: "dage tilbage",
    noGrant: "Ingen bevilling gælder i dag.", deadlines: "Frister",
    delivery: "Udlevering", noDelivery: "Intet er udleveret endnu.",
    persons: "personer", rows: "rækker", outbox: "Skal ud", outboxHow:
      "Læg det, der skal ud, i outbox. Et menneske ser på det først.",
    outboxEmpty: "Outbox er tom.", requests: "Bedt om at komme ud", states: {
      draft: "kladde", requested: "venter på en kontrollant", checked: "kontrolleres",
      returned: "kom tilbage til dig", released: "er ude",
    },
    giveBack: "Skal afleveres", giveBackNow: "Aflever …", returnEmpty: "Mappen return er tom.",
    returnHow: "Læg en analyse, rensede data med kodebog eller et fund i return.",
    documents: "Dokumenter", templates: "Skabeloner",
    templatesHow: "Et klik lægger en kopi i work.", snippets: "Kodestumper",
    snippetsHow: "Et klik sætter en celle ind under den aktuelle.",
    openNotebook: "Åbn først en notesbog.", failed: "Det kan ikke vises nu.",
    running: "Cellen har kørt", waiting: "venter", took: "Cellen tog",
    memory: "Hukommelse", of: "af", processor: "CPU", nearLimit:
      "En kerne er nær sin hukommelsesgrænse og kan blive afbrudt. Læs færre kolonner eller rækker.",
    locale: "da-DK",
  },
};
