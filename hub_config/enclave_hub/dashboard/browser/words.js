// What the page says of itself; everything else is said by the kernel.

export const WORDS = {
  da: {
    interrupted:
      "Forbindelsen er afbrudt. Siden prøver igen; det, du har valgt, bliver stående.",
    ended:
      "Siden har mistet sin session: serveren er startet forfra, du er logget ud, eller du" +
      " har åbnet siden mere end tre gange." +
      " Det, du ser, kan læses, men ikke ændres.",
    cutOff: "Siden kom ikke hele vejen, og kan ikke bruges, som den er.",
    open: "Åbn siden igen",
    openSame: "Åbn siden igen med det samme spørgsmål",
  },
  en: {
    interrupted:
      "The connection is interrupted. The page tries again; what you have chosen stays.",
    ended:
      "The page has lost its session: the server was started anew, you were signed out," +
      " or you have opened the page more than three times. What you see can be read, but not changed.",
    cutOff: "The page did not arrive whole, and cannot be used as it is.",
    open: "Open the page again",
    openSame: "Open the page again with the same question",
  },
};
