// Command tfreach-fleet says what the internet can reach in all states, plans and repositories of an organisation.
//
// It is a pipeline of Apache Beam, so that the same program runs here, in one process, and on Flink, Spark or Dataflow. It
// is a module of its own: package analyzer and the program tfreach don't depend on an engine.
//
// # How it works
//
// Stage 1 looks at each document by itself (scan.go): it gets the document from where it is (document.go), and a scanner, a
// process of its own (scanner.go), analyses it as tfreach scan does. What a document does to a scanner, it does to that one
// alone: the outcome is a row that says so.
//
// Stage 2 (join.go) brings documents together that mention one network, and analyses again what shares a network with others,
// with those as what else there is.
//
// What comes out are Parquet files (rows.go) and a summary of these (summary.go, top.go). The folder for them is complete or
// not there.
//
// # Example
//
// A state in one bucket has a subnet with a route to an internet gateway. A state in another has a machine in that subnet,
// by its ID. By itself, the second leaves unknown whether the internet reaches the machine. Both mention the VPC or the
// subnet, so that they come together, and the machine's row says that it is reached.
package main
