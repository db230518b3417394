console.log("Nothing was checked out, nothing is cleaned up");
