// Put a chosen file into the text field that it is for: the file itself is not sent.
"use strict";

for (const chosen of document.querySelectorAll("input[type=file][data-into]"))
  chosen.addEventListener("change", async () => {
    const [file] = chosen.files;
    if (file) document.getElementById(chosen.dataset.into).value = await file.text();
  });
