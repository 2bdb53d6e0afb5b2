// Command duckdb answers questions in SQL with DuckDB, for the tests of the program beside it.
//
// # How it works
//
// Each statement of standard input ends with a semicolon at the end of a line. It gives one line of JSON: a list of rows, with the
// names of their columns. The command is a module of its own, since the database is large and written in C++.
//
// # Example
//
// For example, the input "SELECT 1 AS one;" gives [{"one":1}].
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "duckdb: %v\n", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	w := bufio.NewWriter(out)
	for question := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(question) == "" {
			continue
		}
		answer, err := ask(db, question)
		if err != nil {
			return fmt.Errorf("%w in:\n%s", err, question)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			return err
		}
	}
	return w.Flush()
}

func ask(db *sql.DB, question string) ([]map[string]any, error) {
	rows, err := db.Query(question)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	answer := []map[string]any{}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		row := map[string]any{}
		for i, name := range columns {
			row[name] = values[i]
		}
		answer = append(answer, row)
	}
	return answer, rows.Err()
}
