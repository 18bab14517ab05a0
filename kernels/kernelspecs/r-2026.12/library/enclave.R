# The project's data, inside the R kernel:
#
#   project <- enclave$project()
#   project                          what was delivered
#   project$lab                      a whole table, as a data frame
#   project$read("lab", columns = c("code", "value"), where = "code = 'NPU02902'")
#   project$sql("FROM lab SELECT code, count(*) AS n GROUP BY code")
#   project$dictionary, project$units, project$manifest, project$receipt()
#
# Tables are Parquet files, which R of Debian cannot read: read_tables.py does, and hands
# the values over as R keeps them.

enclave <- local({
  library_folder <- "/usr/lib/enclave"

  document <- function(folder, name) {
    file <- file.path(folder, name)
    if (!file.exists(file)) {
      stop("Nothing was delivered to ", folder, " yet. The data come when a grant is",
           " issued for the project; a running workspace sees them after its next start.",
           call. = FALSE)
    }
    jsonlite::fromJSON(file, simplifyVector = FALSE)
  }

  said <- function(value) if (is.null(value)) "" else as.character(value)

  read_column <- function(stream, column, rows) {
    if (column$kind %in% c("double", "time")) {
      values <- readBin(stream, "double", rows, endian = "little")
    } else {
      values <- readBin(stream, "integer", rows, endian = "little")
    }
    switch(column$kind,
      logical = as.logical(values),
      date = as.Date(values, origin = "1970-01-01"),
      time = as.POSIXct(values, origin = "1970-01-01", tz = "UTC"),
      string = as.character(unlist(column$levels))[values],
      values
    )
  }

  ask <- function(folder, question) {
    stream <- pipe(paste(
      "/usr/bin/python3.11 -I -S", shQuote(file.path(library_folder, "read_tables.py")),
      shQuote(folder), shQuote(question)
    ), open = "rb")
    on.exit(close(stream))
    head <- jsonlite::fromJSON(read_line(stream), simplifyVector = FALSE)
    if (!is.null(head$error)) stop(head$error, call. = FALSE)
    values <- lapply(head$columns, read_column, stream = stream, rows = head$rows)
    names(values) <- vapply(head$columns, `[[`, "", "name")
    structure(values, class = "data.frame", row.names = .set_row_names(head$rows))
  }

  # readLines() on a pipe reads ahead, past the line.
  read_line <- function(stream) {
    bytes <- raw(0)
    repeat {
      byte <- readBin(stream, "raw", 1)
      if (length(byte) == 0) {
        stop("The table could not be read: its reader ended. Read fewer columns or rows.",
             call. = FALSE)
      }
      if (byte == as.raw(10)) break
      bytes <- c(bytes, byte)
    }
    line <- rawToChar(bytes)
    Encoding(line) <- "UTF-8"
    line
  }

  quoted <- function(names) paste0('"', gsub('"', '""', names), '"', collapse = ", ")

  columns_of <- function(table, described) {
    known <- described[[table$name]]$columns
    names(known) <- vapply(known, function(column) column$name, "")
    rows <- lapply(table$columns, function(column) {
      about <- known[[column$name]]
      data.frame(
        table = table$name, column = column$name,
        type = if (is.null(about$type)) column$type else about$type,
        label = said(about$label$en), unit = said(about$unit),
        codes = said(about$code_system)
      )
    })
    do.call(rbind, rows)
  }

  check <- function(name, known, what) {
    unknown <- setdiff(name, known)
    if (length(unknown) > 0) {
      stop("No ", what, " ", unknown[[1]], ". There are: ",
           paste(known, collapse = ", "), ".", call. = FALSE)
    }
  }

  project <- function(folder = Sys.getenv("ENCLAVE_DATA", "/project/data")) {
    manifest <- document(folder, "manifest.json")
    described <- document(folder, "dictionary.json")$tables
    names(described) <- vapply(described, function(table) table$name, "")
    tables <- vapply(manifest$tables, function(table) table$name, "")
    names(manifest$tables) <- tables

    self <- new.env(parent = emptyenv())
    self$manifest <- manifest
    self$tables <- tables
    self$dictionary <- do.call(rbind, lapply(manifest$tables, columns_of, described))
    rownames(self$dictionary) <- NULL
    self$units <- subset(self$dictionary, unit != "", c("table", "column", "unit"))
    self$receipt <- function() {
      cat(readLines(file.path(folder, "receipt.md"), encoding = "UTF-8"), sep = "\n")
    }
    self$sql <- function(question) ask(folder, question)
    self$read <- function(table, columns = NULL, where = NULL) {
      check(table, tables, "table")
      known <- self$dictionary$column[self$dictionary$table == table]
      check(columns, known, paste("column of", table))
      chosen <- if (is.null(columns)) "*" else quoted(columns)
      condition <- if (is.null(where)) "" else paste(" WHERE", where)
      ask(folder, paste0("SELECT ", chosen, " FROM ", quoted(table), condition))
    }
    for (table in setdiff(tables, ls(self))) local({
      name <- table
      makeActiveBinding(name, function() self$read(name), self)
    })
    lockEnvironment(self)
    structure(self, class = "enclave_project")
  }

  environment()
})

`$.enclave_project` <- function(x, name) {
  if (!exists(name, envir = x, inherits = FALSE)) {
    stop("No table ", name, " was delivered. Delivered are: ",
         paste(get("tables", envir = x), collapse = ", "), ".", call. = FALSE)
  }
  get(name, envir = x, inherits = FALSE)
}

print.enclave_project <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

format.enclave_project <- function(x, ...) {
  about <- x$manifest
  count <- function(number) format(number, big.mark = ",")
  c(
    paste0(about$project, ": delivery ", about$version, " of grant ", about$grant, ", ",
           count(about$persons), " persons, ", about$window$start, " to ",
           about$window$end, ", dates: ", about$date_policy),
    vapply(about$tables, function(table) {
      sprintf("  %-12s %12s rows of %s persons", table$name, count(table$rows),
              count(table$persons))
    }, "")
  )
}

# What a notebook shows: the same text; a page cannot be made of an environment.
repr_text.enclave_project <- function(obj, ...) paste(format(obj), collapse = "\n")
setHook(packageEvent("repr", "onLoad"), function(...) {
  registerS3method("repr_text", "enclave_project", repr_text.enclave_project,
                   envir = asNamespace("repr"))
})
